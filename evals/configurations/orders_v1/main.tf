variable "database_password" {
  type      = string
  sensitive = true
}

resource "terraform_data" "database" {
  input            = { name = "orders", engine = "postgres-15" }
  triggers_replace = ["postgres-15"]
}

resource "terraform_data" "database_user" {
  input = { name = "orders", password = var.database_password }
}

resource "terraform_data" "server" {
  count = 2
  input = { name = "orders-${count.index}", image = "orders:1.4", database = terraform_data.database.id }
}

resource "terraform_data" "queue" {
  for_each = toset(["paid", "shipped"])
  input    = { name = "orders-${each.key}" }
}

output "endpoint" {
  value = "https://orders.acme.example"
}

output "image" {
  value = "orders:1.4"
}

output "database_password" {
  value     = var.database_password
  sensitive = true
}
