variable "replicas" {
  type    = number
  default = 2
}

resource "terraform_data" "server" {
  count = var.replicas
  input = { name = "app-${count.index}" }
}

output "servers" {
  value = [for server in terraform_data.server : server.output.name]
}
