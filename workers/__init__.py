"""Work behind the requests: the relay turns rows into messages, actors turn messages into effects, each once."""
