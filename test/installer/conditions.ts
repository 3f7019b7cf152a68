/**
 * Conditions as Windows Installer reads them ("Conditional Statement Syntax", Microsoft Learn), as far as ours go: names,
 * texts, numbers, comparisons, NOT, AND, OR and parentheses.
 */
export type Properties = Readonly<Record<string, string>>;

type Value = string | number | boolean;

const token = /\s*("[^"]*"|\d+|[A-Za-z_]\w*|<>|>=|<=|[()=<>])/y;

function tokensOf(condition: string): string[] {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < condition.trimEnd().length) {
    const found = token.exec(condition);
    if (found === null) throw new Error(`not understood: ${condition}`);
    tokens.push(found[1] ?? '');
  }
  return tokens;
}

class Reader {
  readonly #tokens: readonly string[];
  readonly #properties: Properties;
  #at = 0;

  constructor(tokens: readonly string[], properties: Properties) {
    this.#tokens = tokens;
    this.#properties = properties;
  }

  /** AND binds more closely than OR, NOT more than AND. */
  or(): boolean {
    let value = this.and();
    while (this.#take('OR')) value = this.and() || value;
    return value;
  }

  and(): boolean {
    let value = this.not();
    while (this.#take('AND')) value = this.not() && value;
    return value;
  }

  not(): boolean {
    if (this.#take('NOT')) return !this.not();
    if (!this.#take('(')) return this.comparison();
    const value = this.or();
    if (!this.#take(')')) throw new Error('a parenthesis is missing');
    return value;
  }

  comparison(): boolean {
    const left = this.term();
    const operator = ['=', '<>', '>', '>=', '<', '<='].find((one) => this.#take(one));
    if (operator === undefined) return left !== '' && left !== 0;
    return compare(left, operator, this.term());
  }

  /** A property that is not there is an empty text. */
  term(): Value {
    const text = this.#tokens[this.#at] ?? '';
    this.#at += 1;
    if (text.startsWith('"')) return text.slice(1, -1);
    return /^\d+$/.test(text) ? Number(text) : (this.#properties[text] ?? '');
  }

  isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  #take(word: string): boolean {
    if (this.#tokens[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }
}

/** A text that is no number is unequal to every number, and neither above nor below. */
function compare(left: Value, operator: string, right: Value): boolean {
  const numbers = typeof left === 'number' || typeof right === 'number';
  const [a, b] = numbers ? [numberOf(left), numberOf(right)] : [left, right];
  switch (operator) {
    case '=':
      return a === b;
    case '<>':
      return a !== b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '<':
      return a < b;
    default:
      return a <= b;
  }
}

function numberOf(value: Value): number {
  return typeof value === 'string' && value === '' ? Number.NaN : Number(value);
}

/** Whether it holds; an empty one always does. */
export function holds(condition: string, properties: Properties): boolean {
  if (condition === '') return true;
  const reader = new Reader(tokensOf(condition), properties);
  const value = reader.or();
  if (!reader.isAtEnd()) throw new Error(`not understood: ${condition}`);
  return value;
}
