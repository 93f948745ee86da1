return 0; // replaced by the host
