resource "terraform_data" "index" {
  input = { name = "catalog", shards = 4 }
}

resource "terraform_data" "alias" {
  input = terraform_data.index.output.name

  lifecycle {
    postcondition {
      condition     = self.output == "catalog"
      error_message = "The alias does not lead to the catalog's index."
    }
  }
}
