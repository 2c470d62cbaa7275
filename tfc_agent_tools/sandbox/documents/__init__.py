"""JSON:API documents of the sandbox's resources, with the real API's attribute names."""
