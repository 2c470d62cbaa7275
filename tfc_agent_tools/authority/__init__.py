"""Who may do what: the policy, the approvals that people give, and the record of all of it."""
