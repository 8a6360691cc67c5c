{
  // The colours that a browser has computed: which texts cannot be told from what they stand on.

  lightness(element) {
    return this.luminance(this.ground(element));
  },

  // Texts with less than WCAG's AA asks for, 4.5 to 1.
  lowest() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.data.trim();
      if (!text || !element.checkVisibility() || element.closest("script, title, .skip")) continue;
      const ratio = this.ratio(this.ink(element), this.ground(element));
      if (ratio < 4.5) found.push([text, ratio]);
    }
    return found;
  },

  ink(element) {
    const style = getComputedStyle(element);
    return this.parts(element.closest("svg") ? style.fill : style.color);
  },

  ground(element) {
    if (element.closest("svg")) return this.painted(element);
    for (let one = element; one; one = one.parentElement) {
      const colour = this.parts(getComputedStyle(one).backgroundColor);
      if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
  },

  // What was painted last below a text of the diagram.
  painted(element) {
    const below = [element.parentElement.querySelector(".row, .head"), element.closest(".sketch").querySelector(".box")];
    const fills = below.map((one) => getComputedStyle(one).fill).filter((fill) => fill !== "none");
    return this.parts(fills[0]);
  },

  parts(colour) {
    return colour.match(/[\d.]+/g).map(Number);
  },

  luminance(parts) {
    const [red, green, blue] = parts.slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  },

  ratio(one, other) {
    const [low, high] = [this.luminance(one), this.luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  },
}
