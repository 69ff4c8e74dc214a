"""The Train screen: start a run, watch it, steer it, find it again."""
