"""The workloads, one small file each."""
