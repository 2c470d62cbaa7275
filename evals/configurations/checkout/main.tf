variable "replicas" {
  type    = number
  default = 2
}

resource "terraform_data" "cluster" {
  input = { name = "checkout", replicas = var.replicas }

  lifecycle {
    precondition {
      condition     = var.replicas >= 3
      error_message = "The checkout needs at least 3 replicas, so that it survives the loss of a zone."
    }
  }
}

output "replicas" {
  value = var.replicas
}
