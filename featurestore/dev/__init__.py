"""What a laptop needs beside the library: a real Kafka broker, started and ended by one call each."""
