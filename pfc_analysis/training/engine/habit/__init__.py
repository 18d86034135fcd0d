"""The compiled engine for networks beside which a habit learner chooses."""
