"""Clients of one directory: `python3 lookups.py DEVICE`. Some change the host, so that the kernel has to drop names, the others
look up names that are there and names that are not. Each ends when its server has."""
import errno, itertools, os, random, sys

device = sys.argv[1]
names = os.listdir(device)
WRITERS, CLIENTS = 4, 24


def act(index, number, chance):
    if index < WRITERS:
        with open(f"{device}/driver_override", "w") as file:
            file.write(f"x{number}")
    elif index % 2 == 1:
        os.stat(f"{device}/{chance.random()}")
    else:
        os.stat(f"{device}/{chance.choice(names)}")


def client(index):
    chance = random.Random(index)
    for number in itertools.count():
        try:
            act(index, number, chance)
        except OSError as error:
            if error.errno in (errno.ENOTCONN, errno.ECONNABORTED):
                return


for index in range(CLIENTS):
    if os.fork() == 0:
        client(index)
        os._exit(0)
print("started", flush=True)
for _ in range(CLIENTS):
    os.wait()
