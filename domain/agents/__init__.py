"""The people of a shop: members and their roles, how they sign in, and the agents among them with teams and skills."""
