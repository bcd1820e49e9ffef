# %% exam
def objects_in(image):
    """What is to be seen: of each patch of one colour, which shape covers it best."""
    pixels, ways = image.permute(1, 2, 0).double().numpy(), np.stack([PAPER, *PALETTE.values()]).astype(float)
    off = ((pixels[:, :, None] - ways) ** 2).sum(-1)
    label = np.where(off.min(axis=2) <= 0.75 ** 2, off.argmin(axis=2), 0)    # 0: paper, or an edge
    patches = []
    for colour in range(1, 7):
        parts, count = ndimage.label(label == colour)
        for part in (parts == i for i in range(1, count + 1)):
            inner = ndimage.binary_erosion(part, border_value=1)
            if part.sum() >= 6 and inner.any():
                patches.append((colour, part))
    taken, found = sum((part for _, part in patches), np.zeros((32, 32), bool)), []
    for colour, part in patches:
        way = ways[colour] - ways[0]
        cover = np.clip((pixels - ways[0]) @ way / (way @ way), 0, 1)
        rows, columns = (slice(max(at.min() - 2, 0), min(at.max() + 3, 32)) for at in part.nonzero())
        cover = np.where(part | ~taken, cover, 0)[rows, columns]
        fits = [(*best_fit(cover, rows, columns, shape), shape) for shape in SHAPES]
        iou, (*middle, radius), shape = max(fits, key=lambda each: each[0])
        found.append({"shape": shape if iou >= 0.75 else None, "colour": COLOURS[colour - 1], "radius": radius,
                      "middle": np.float32(middle)})
    return sorted(found, key=lambda each: -each["radius"])[:4]


def best_fit(cover, rows, columns, shape):
    """Small steps in place and radius, as long as the overlap grows."""
    def overlap(y, x, radius):
        other = coverage(shape, radius, y, x)[rows, columns]
        return np.minimum(cover, other).sum() / np.maximum(cover, other).sum()

    area = {"circle": 3.14159, "square": 3.1684, "triangle": 2.36725}[shape]
    at = [(rows.start + rows.stop) / 2, (columns.start + columns.stop) / 2, math.sqrt(cover.sum() / area)]
    best, step = (overlap(*at), at), 1.0
    while step > 0.05:
        before, at = best
        for i, by in itertools.product(range(3), (-step, step)):
            there = [v + by if j == i else v for j, v in enumerate(at)]
            if there[2] >= 0.5 and overlap(*there) > best[0]:
                best = overlap(*there), there
        if best[0] <= before:
            step /= 2
    return best


def read(caption):
    """The objects that a caption names, and how the first lies to the second."""
    objects, relation = [], next((r for r in RELATIONS if f" {r} " in caption), None)
    for part in re.split(f" (?:{'|'.join(RELATIONS)}|and) ", caption):
        words, place = part.split(), None
        if "at" in words or "middle" in words:
            place = tuple(0 if first in words else 2 if last in words else 1
                          for first, last in (("top", "bottom"), ("left", "right")))
        shape, colour, size = (next((w for w in words if w.rstrip("s") in known), None)
                               for known in (SHAPES, COLOURS, ("small", "large")))
        thing = {"shape": shape and shape.rstrip("s"), "colour": colour, "size": size, "place": place}
        objects += [thing] * {"two": 2, "three": 3}.get(words[0], 1)
    return objects, relation


def agree(image, caption):
    """Which parts of the caption hold, objects being taken for its own in the way that makes most of it right."""
    seen, (objects, relation), best, parts = objects_in(image), read(caption), -1, {}
    for way in sorted(itertools.permutations(range(4), len(objects)), key=lambda way: way[::-1]):
        taken, right = [seen[i] if i < len(seen) else None for i in way], []
        for thing, found in zip(objects, taken):
            right += [(part, bool(found) and holds(part, wanted, found))
                      for part, wanted in thing.items() if wanted is not None]
        if relation:
            right.append(("place", None not in taken and how_plainly(relation, *taken) > 0))
        if sum(holding for _, holding in right) > best:
            best = sum(holding for _, holding in right)
            parts = {part: all(holding for name, holding in right if name == part) for part in dict(right)}
    parts["count"] = len(seen) == len(objects)
    return {"all": all(parts.values()), **parts}


def holds(part, wanted, found):
    if part == "size":
        return (found["radius"] > 4.7) == (wanted == "large")
    if part == "place":
        return tuple(0 if at < 12.25 else 2 if at > 19.75 else 1 for at in found["middle"]) == wanted
    return found[part] == wanted


def new_captions(n, least, rule, **given):
    _, all_of_them = scenes(12 * n, least, least, 1, leave_out, draw=np.random.RandomState(8), **given)
    return [caption for caption in all_of_them if re.search(rule, caption)][:n]


kinds = {
    "one shape": new_captions(60, 1, "."),
    "one, left out of training": new_captions(60, 1, ".", only=True),
    "two, and where": new_captions(60, 2, " of | above | below "),
    "two alike": new_captions(60, 2, "^two"),
}


def examine(captions, w):
    drawn = draw(model, tokens(captions), w=w, steps=16, x=start(len(captions), 9))
    return drawn, [agree(image, caption) for image, caption in zip(drawn, captions)]


def share(told, part):
    said = [each[part] for each in told if part in each]
    return sum(said) / len(said) if said else math.nan


results = {}
for kind, asked in kinds.items():
    results[kind] = examine(asked, 3)
    parts = ("all", "count", "shape", "colour", "size", "place")
    print(f"{kind:26}", *(f"{part} {share(results[kind][1], part):.0%}" for part in parts))

# %% failures
def exchanged(caption):
    """The caption with its two colours exchanged."""
    one, two = re.findall("|".join(COLOURS), caption)
    return caption.replace(one, "*").replace(two, one).replace("*", two)


asked, (drawn, told) = kinds["two, and where"], results["two, and where"]
wrong = [i for i, each in enumerate(told) if not each["all"]]
bound = [i for i in wrong if exchanged(asked[i]) != asked[i] and agree(drawn[i], exchanged(asked[i]))["all"]]
if wrong:
    grid(drawn[wrong[:8]], [asked[i] for i in wrong[:8]])
print(f"{len(wrong)} of {len(told)} are wrong; in {len(bound)} of them the colours have changed places")

# %% scale
scales, curves = [0, 1, 2, 3, 5, 8], {"all": [], "place": []}
for w in scales:
    _, told = examine(kinds["two, and where"][:40], w)
    for part, curve in curves.items():
        curve.append(share(told, part))
for part, curve in curves.items():
    plt.plot(scales, curve, label=f"{part} is right")
plt.gca().set(title="Two shapes and where they lie", xlabel="guidance scale w")
plt.legend()
plt.show()

# %% solution-drop
def drop_captions(tokens, u, p):
    return torch.where(u[:, None] < p, 0, tokens)


# %% solution-unlike
def unlike(wanted, unwanted, w):
    return unwanted + w * (wanted - unwanted)
