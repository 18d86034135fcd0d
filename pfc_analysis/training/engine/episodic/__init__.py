"""The compiled engine for networks with an episodic memory."""
