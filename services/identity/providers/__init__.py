"""What identity needs beside its database: keys that seal, a pool that hashes passwords, signed service tokens."""
