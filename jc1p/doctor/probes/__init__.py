"""What `jc1p doctor` asks: both services over the clients, the network, this machine. It reads, and writes nothing.

Answers come back as the plain values of jc1p.doctor.seen; whether they are good or bad is judged there.
"""
