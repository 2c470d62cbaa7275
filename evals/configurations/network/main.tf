locals {
  zones = toset(["a", "b", "c"])
}

resource "terraform_data" "vpc" {
  input = { name = "core", cidr = "10.0.0.0/16" }
}

resource "terraform_data" "subnet" {
  for_each = local.zones
  input    = { zone = each.key, vpc = terraform_data.vpc.id }
}

output "vpc_cidr" {
  value = terraform_data.vpc.output.cidr
}

output "zones" {
  value = sort([for subnet in terraform_data.subnet : subnet.output.zone])
}
