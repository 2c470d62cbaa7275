"""The API's endpoints, one module for each group of resources. Each module ends in its `ENDPOINTS`."""
