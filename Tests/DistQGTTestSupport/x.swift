import DistQGT
