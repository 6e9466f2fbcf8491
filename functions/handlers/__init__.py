"""One module per Lambda function; each only wires."""
