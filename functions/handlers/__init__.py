"""One module per Lambda function; each only wires."""

import gc
import os

if os.environ.get("AWS_LAMBDA_FUNCTION_NAME"):  # on_lambda(), which cannot be asked before its module and all that needs is loaded
    gc.disable()  # until services.observed(): nothing that modules make is garbage, and looking for some takes a tenth of a start
