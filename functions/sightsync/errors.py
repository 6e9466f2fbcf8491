"""The one error family: every failure a caller may meet, with its HTTP status and code.

SightSyncError
  Misconfigured         500  misconfigured
  BadRequest            400  bad_request, bad_cursor, bad_filter ...
  SignInRequired        401  sign_in_required, token_invalid, token_expired
  NotAllowed            403  not_yours, not_allowed
  NotFound              404  not_found
    ImageNotFound       404  image_not_found
  Conflict              409  conflict
    ImageChanged        409  image_changed
    DuplicateImage      409  duplicate
  TooLarge              413  too_large
  PictureRejected       422  a rejection code of REJECTIONS
  InvalidRequest        422  invalid_request
  QuotaExceeded         429  quota_exceeded
  Unavailable           503  unavailable
    StoreUnavailable    503  store_unavailable
    StorageFull         503  storage_full
    CatalogUnavailable  503  catalog_unavailable
    VisionUnavailable   503  vision_unavailable, vision_asleep, vision_off, vision_budget
"""

from typing import Any, ClassVar

# Why a file is refused for good, in a sentence for people.
REJECTIONS: dict[str, str] = {
    "not_an_image": "This file is not a picture.",
    "unsupported_format": "This kind of picture isn't supported. Save it as JPEG, PNG, WebP, GIF, AVIF, HEIC, TIFF or BMP.",
    "too_large": "This file is larger than 25 MB. Export a smaller copy and add that.",
    "too_many_pixels": "This picture has more than 64 megapixels. Export a smaller copy and add that.",
    "corrupt": "This file is damaged or cut short. Try exporting or downloading it again.",
    "svg_refused": "SVG files can carry scripts, so they are not accepted. Export it as PNG and add that.",
    "took_too_long": "This picture took too long to open. Export it again as JPEG or PNG and add that.",
    "duplicate": "You have this picture already.",
}


class SightSyncError(Exception):
    """Base of the family. `message` is for people; `details` is plain JSON."""

    status: ClassVar[int] = 500
    code: str = "internal"

    def __init__(self, message: str, *, code: str | None = None, details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if code is not None:
            self.code = code


class Misconfigured(SightSyncError):
    """A setting that this program cannot use; nothing starts with it."""

    code = "misconfigured"


class BadRequest(SightSyncError):
    status, code = 400, "bad_request"


class SignInRequired(SightSyncError):
    status, code = 401, "sign_in_required"


class NotAllowed(SightSyncError):
    status, code = 403, "not_allowed"


class NotFound(SightSyncError):
    status, code = 404, "not_found"


class ImageNotFound(NotFound):
    code = "image_not_found"

    def __init__(self, image_id: str) -> None:
        super().__init__(f"No image {image_id[:64]}.")


class Conflict(SightSyncError):
    status, code = 409, "conflict"


class ImageChanged(Conflict):
    """A write that carries a version older than the stored one."""

    code = "image_changed"

    def __init__(self, image_id: str, details: Any = None) -> None:
        super().__init__(f"Image {image_id[:64]} was changed meanwhile. Read it again and repeat your change.", details=details)


class DuplicateImage(Conflict):
    """The owner has a live, ready image with the same bytes; `existing_id` names it."""

    code = "duplicate"

    def __init__(self, existing_id: str) -> None:
        super().__init__(REJECTIONS["duplicate"], details={"image": existing_id})
        self.existing_id = existing_id


class TooLarge(SightSyncError):
    status, code = 413, "too_large"


class PictureRejected(SightSyncError):
    """The file itself is at fault; `code` is a key of REJECTIONS."""

    status, code = 422, "not_an_image"

    def __init__(self, code: str) -> None:
        super().__init__(REJECTIONS[code], code=code)


class InvalidRequest(SightSyncError):
    status, code = 422, "invalid_request"


class QuotaExceeded(SightSyncError):
    status, code = 429, "quota_exceeded"


class Unavailable(SightSyncError):
    """Something of ours is away for now; the same call may go through later, after `retry_after_s` seconds where that is known.

    `lasting`: no wait mends it, a person has to (a damaged file).
    """

    status, code = 503, "unavailable"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        details: Any = None,
        retry_after_s: float | None = None,
        lasting: bool = False,
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.retry_after_s = retry_after_s
        self.lasting = lasting


class StoreUnavailable(Unavailable):
    code = "store_unavailable"


class StorageFull(Unavailable):
    code = "storage_full"


class CatalogUnavailable(Unavailable):
    code = "catalog_unavailable"


class VisionUnavailable(Unavailable):
    code = "vision_unavailable"
