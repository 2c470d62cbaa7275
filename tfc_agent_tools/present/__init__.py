"""What a model and a person see of an answer: short, allow-listed, with text from outside kept apart."""
