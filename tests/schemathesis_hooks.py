"""Given to schemathesis by tests/test_schemathesis.py: half of the ids it makes up become ids of images that exist."""

import os

import schemathesis

IDS = os.environ["SIGHTSYNC_TEST_IDS"].split(",")


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Chosen by what was made up, so that a failure can be repeated."""
    if path_parameters and "id" in path_parameters:
        made_up = str(path_parameters["id"])
        if len(made_up) % 2 == 0:
            return {**path_parameters, "id": IDS[sum(map(ord, made_up)) % len(IDS)]}
    return path_parameters
