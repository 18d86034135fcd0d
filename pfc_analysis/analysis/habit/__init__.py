"""What a network and a habit learner beside it contribute to choices, and which wins."""
