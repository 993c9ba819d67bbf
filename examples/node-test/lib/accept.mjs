/**
 * What of the offered media types an "Accept" header likes best.
 *
 * chooseType("text/html, application/json;q=0.9", ["application/json"]) is
 * "application/json".  A type that is named beats "text/*", which beats a full
 * wildcard; the most specific entry that fits an offer gives its weight, and a
 * weight of 0 refuses it.  Among equals the first offer wins.  No header, or an
 * empty one, takes the first offer.  Null when nothing fits: that is a 406.
 */
export function chooseType(header, offers) {
	if (!header || !header.trim()) return offers[0] ?? null;
	const entries = header.split(",").map(parseEntry);
	let best = null;
	let most = 0;
	for (const offer of offers) {
		const weight = weightOf(offer, entries);
		if (weight > most) {
			best = offer;
			most = weight;
		}
	}
	return best;
}

function parseEntry(text) {
	const [type, ...parameters] = text.split(";").map((part) => part.trim());
	const q = parameters.find((one) => /^q=/i.test(one));
	const weight = q ? Number(q.slice(2)) : 1;
	return {
		type: type.toLowerCase(),
		weight: weight >= 0 && weight <= 1 ? weight : 0,
	};
}

function weightOf(offer, entries) {
	const group = `${offer.split("/")[0]}/*`;
	for (const wanted of [offer, group, "*/*"]) {
		const entry = entries.find((one) => one.type === wanted.toLowerCase());
		if (entry) return entry.weight;
	}
	return 0;
}
