"""A stack as CloudFormation tells of it after `sam deploy`: the template's outputs, a bucket, a distribution. On moto's server."""

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from sightsync.adapters.aws import client
from tests.cloud import REGION
from tests.test_template import TEMPLATE

CLIENT_ID = "3n4b5urk1ft4fl3mg5e62d9ado"


@dataclass(frozen=True)
class Deployed:
    name: str
    bucket: str
    distribution: str
    s3: Any
    cloudfront: Any

    def objects(self) -> dict[str, Any]:
        """What the bucket holds, by key, as a browser would get it."""
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return {found["Key"]: self.s3.get_object(Bucket=self.bucket, Key=found["Key"]) for found in listed}

    def invalidated(self) -> list[list[str]]:
        """Paths of each invalidation, oldest first."""
        listed = self.cloudfront.list_invalidations(DistributionId=self.distribution)["InvalidationList"].get("Items", ())
        oldest_first = sorted(listed, key=lambda found: found["CreateTime"])
        ask = self.cloudfront.get_invalidation
        batches = [ask(DistributionId=self.distribution, Id=found["Id"])["Invalidation"] for found in oldest_first]
        return [sorted(batch["InvalidationBatch"]["Paths"]["Items"]) for batch in batches]


def deploy(sign_up: str = "no", without: str = "") -> Deployed:
    """A stack with a name of its own; every output of the template, but one that is left out."""
    name = f"gallery-{uuid4().hex[:8]}"
    s3, cloudfront, cloudformation = (aws_client(service) for service in ("s3", "cloudfront", "cloudformation"))
    distribution = _distribution(cloudfront)
    known = {
        "SiteUrl": "https://d111111abcdef8.cloudfront.net",
        "SiteBucketName": f"{name}-site",
        "DistributionId": distribution,
        "Issuer": f"https://cognito-idp.{REGION}.amazonaws.com/{REGION}_Example",
        "PageClientId": CLIENT_ID,
        "Region": REGION,
        "OriginalsBucketName": f"{name}-originals",
        "PublicBucketName": f"{name}-public",
        "AnalysisQueueUrl": f"https://sqs.{REGION}.amazonaws.com/123456789012/{name}-analysis",
    }
    outputs = {key: {"Value": known.get(key, key)} for key in TEMPLATE["Outputs"] if key != without}
    chosen = {key: str(value["Default"]) for key, value in TEMPLATE["Parameters"].items()} | {"SignUp": sign_up}
    parameters = {key: {"Type": "String", "Default": value} for key, value in chosen.items()}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": known["SiteBucketName"]}}
    template = {"Parameters": parameters, "Resources": {"SiteBucket": bucket}, "Outputs": outputs}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
    return Deployed(name, known["SiteBucketName"], distribution, s3, cloudfront)


def aws_client(service: str) -> Any:
    """One that waits: moto loads a service when it is first asked for it."""
    return _client(service, os.environ["AWS_ENDPOINT_URL"])


@cache
def _client(service: str, endpoint: str) -> Any:
    """One for all tests of a server: making one takes longer than most tests."""
    return client(service, patient=True)


def _distribution(cloudfront: Any) -> str:
    behaviour = {"TargetOriginId": "site", "ViewerProtocolPolicy": "https-only"}
    origin = {"Id": "site", "DomainName": "site.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": uuid4().hex,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behaviour,
        }
    )
    return str(made["Distribution"]["Id"])
