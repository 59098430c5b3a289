"""What `jc1p doctor` asks: both services, the network, this machine. It only reads.

Answers are returned as the plain values of jc1p.doctor.observations; jc1p.doctor.checks judges them.
"""
