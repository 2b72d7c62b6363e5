"""A search tree and a table of records, grown, searched and thinned out.

Run with PYTHONMALLOC=malloc, so that every object is a block of its own."""


class Node:
    def __init__(self, key):
        self.key, self.left, self.right = key, None, None


def insert(node, key):
    if node is None:
        return Node(key)
    if key < node.key:
        node.left = insert(node.left, key)
    elif key > node.key:
        node.right = insert(node.right, key)
    return node


def walk(node):
    if node is not None:
        yield from walk(node.left)
        yield node.key
        yield from walk(node.right)


state = 3
records = {}
for round in range(8):
    root = None
    for _ in range(90):
        state = (state * 1103515245 + 12345) % 2**31
        root = insert(root, state >> 8)
    for key in walk(root):
        records[key % 600] = f"{key:x}-{round}" * (key % 7 + 1)
    for key in [k for k in records if (k + round) % 3 == 0]:
        del records[key]
print(len(records), sum(map(len, records.values())))
