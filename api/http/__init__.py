"""What the API is beside GraphQL: who calls, OAuth for programs, sign-in for people, health."""
