"""What the shop looks back on and plans by."""
