resource "terraform_data" "worker" {
  input = { name = "worker", schedule = "hourly" }
}

resource "terraform_data" "bucket" {
  input = { name = "worker-results" }
}

output "bucket" {
  value = terraform_data.bucket.output.name
}
