"""One folder, one kind of process, one systemd unit. Services never import each other; they meet on the bus."""
