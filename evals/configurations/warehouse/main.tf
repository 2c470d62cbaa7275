variable "shelves" {
  type    = number
  default = 4
}

resource "terraform_data" "firewall" {
  input = { name = "warehouse", open_to = "10.0.0.0/8" }
}

resource "terraform_data" "scanner" {
  input = { name = "warehouse", shelves = var.shelves }
}

output "shelves" {
  value = var.shelves
}
