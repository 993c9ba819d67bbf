/**
 * The bytes that a "Range" header asks for (RFC 9110, 14.1.2).
 *
 * parseRange("bytes=0-99,-5", 1000) is [{ start: 0, end: 99 },
 * { start: 995, end: 999 }]: both ends are part of it.  A range that reaches
 * past the end is cut there; one that begins past it is left out.  Null when
 * the header is not one of bytes or is malformed: the whole is sent then.  An
 * empty list when nothing asked for exists: that is a 416.
 */
export function parseRange(header, size) {
	const sets = /^bytes=(.+)$/i.exec(header.trim());
	if (!sets) return null;
	const ranges = [];
	for (const part of sets[1].split(",")) {
		const match = /^(\d*)-(\d*)$/.exec(part.trim());
		if (!match || (!match[1] && !match[2])) return null;
		const range = match[1]
			? fromStart(match[1], match[2], size)
			: fromEnd(match[2], size);
		if (range === null) return null;
		if (range.start <= range.end) ranges.push(range);
	}
	return ranges;
}

function fromStart(first, last, size) {
	const start = Number(first);
	const end = last ? Number(last) : size - 1;
	if (end < start && last) return null;
	return { start, end: Math.min(end, size - 1) };
}

function fromEnd(length, size) {
	return { start: Math.max(size - Number(length), 0), end: size - 1 };
}
