/** Lists of images as spreadsheet programs export them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readManifest } from './lists/manifestFile.js';

type Encoding = 'UTF-8' | 'UTF-8 with a mark' | 'UTF-16 LE' | 'Windows-1252';

const western: Record<string, number> = { ä: 0xe4, ü: 0xfc, é: 0xe9, ß: 0xdf, '’': 0x92, '€': 0x80 };

function encoded(text: string, encoding: Encoding): Buffer {
  switch (encoding) {
    case 'UTF-8':
      return Buffer.from(text);
    case 'UTF-8 with a mark':
      return Buffer.from(`\ufeff${text}`);
    case 'UTF-16 LE':
      return Buffer.from(`\ufeff${text}`, 'utf16le');
    case 'Windows-1252':
      return Buffer.from(Array.from(text, (letter) => western[letter] ?? letter.charCodeAt(0)));
  }
}

/** In pieces of a few bytes, so that every seam falls somewhere. */
async function read(bytes: Buffer, pieceBytes = 5) {
  const count = Math.ceil(bytes.length / pieceBytes);
  const pieces = Array.from({ length: count }, (_, index) =>
    bytes.subarray(pieceBytes * index, pieceBytes * (index + 1)),
  );
  return [...(await readManifest(pieces, 'm.csv')).candidates].map(({ path, className, split }) =>
    [path, className, ...(split === null ? [] : [split])].join(' | '),
  );
}

describe('lists from spreadsheets', () => {
  const rows = [
    ['img/größe.png', 'Bär'],
    ['img/b, c.png', 'Bür'],
    ['img/d; e.png', 'l’été'],
    ['img/f g.png', 'dog'],
  ];
  const expected = rows.map((row) => row.join(' | '));

  /** A field is quoted where it has to be, as Excel and LibreOffice do. */
  const table = (separator: string, end: string, quoteAll: boolean, before = '', after = ''): string =>
    before +
    [['path', 'label'], ...rows]
      .map((row) => row.map((value) => (quoteAll || value.includes(separator) ? `"${value}"` : value)).join(separator))
      .map((line) => `${line}${end}`)
      .join('') +
    after;

  const encodings: Encoding[] = ['UTF-8', 'UTF-8 with a mark', 'UTF-16 LE', 'Windows-1252'];
  const separators: [name: string, separator: string][] = [
    ['commas', ','],
    ['semicolons', ';'],
    ['tabs', '\t'],
  ];
  for (const encoding of encodings) {
    for (const [name, separator] of separators) {
      test(`${encoding}, ${name}, quoted where needed, as Excel ends lines`, async () => {
        for (const bytes of [1, 5, 7, 1000]) {
          assert.deepEqual(await read(encoded(table(separator, '\r\n', false), encoding), bytes), expected);
        }
      });
    }
    test(`${encoding}, semicolons, all quoted, as LibreOffice ends lines`, async () => {
      assert.deepEqual(await read(encoded(table(';', '\n', true), encoding)), expected);
    });
    test(`${encoding}, Excel’s line that names the separator, empty columns and lines at the end`, async () => {
      const lines = `sep=;\r\npath;label;;\r\n${rows.map((row) => `"${row.join('";"')}";;\r\n`).join('')};;;\r\n;;;\r\n`;
      assert.deepEqual(await read(encoded(lines, encoding)), expected);
    });
  }

  test('a separator line is taken by its word, and quoted ones too', async () => {
    assert.deepEqual(await read(Buffer.from('sep=|\npath|label\na,b;c.png|x\n')), ['a,b;c.png | x']);
    assert.deepEqual(await read(Buffer.from('"sep=;"\r\n\r\npath;label\r\na.png;x\r\n')), ['a.png | x']);
  });

  test('old line ends, fields of several lines, columns nobody needs', async () => {
    assert.deepEqual(await read(Buffer.from('path,label\ra.png,x\rb.png,y\r')), ['a.png | x', 'b.png | y']);
    assert.deepEqual(await read(Buffer.from('"note","path","label","split"\n"two\nlines","a.png","x","train"\n')), [
      'a.png | x | train',
    ]);
    assert.deepEqual(
      await read(Buffer.from('label;path;width\nx;a.png;5\n')),
      ['x'].map(() => 'a.png | x'),
    );
  });

  test('UTF-16 without a mark, and in the other order', async () => {
    const text = table('\t', '\r\n', false);
    assert.deepEqual(await read(Buffer.from(text, 'utf16le')), expected);
    assert.deepEqual(await read(Buffer.from(`\ufeff${text}`, 'utf16le').swap16()), expected);
  });

  test('labels that differ in spaces at their ends are one class', async () => {
    const found = await read(
      Buffer.from('path,label\n1.png,"a "\n2.png,a\n3.png," a"\n4.png,a\u00a0\n5.png,a\u200b\n'),
    );
    assert.deepEqual(
      found,
      [1, 2, 3, 4, 5].map((number) => `${number}.png | a`),
    );
    assert.deepEqual(await read(Buffer.from('{"path":"1.png","label":"a "}\n')), ['1.png | a']);
  });

  const mixed = Buffer.concat([Buffer.from('path,label\n1.png,Bär\n'), encoded('2.png,Bür\n', 'Windows-1252')]);
  const refused: [what: string, bytes: Buffer, message: RegExp][] = [
    ['two encodings', mixed, /^m\.csv, line 3: it is not UTF-8/],
    [
      'two encodings, the other first',
      Buffer.concat([encoded('path,label\n1.png,Bär\n', 'Windows-1252'), Buffer.from('2.png,Bür\n')]),
      /^m\.csv, line 3: its encoding is neither UTF-8 nor Windows-1252/,
    ],
    [
      'Cyrillic letters of another code page',
      Buffer.concat([Buffer.from('path,label\n1.png,a\n2.png,'), Buffer.from([0xea, 0xee, 0xf2, 0x0a])]),
      /^m\.csv, line 3: its encoding is neither/,
    ],
    [
      'a byte that means nothing',
      Buffer.concat([Buffer.from('path,label\n1.png,a'), Buffer.from([0x81, 0x0a])]),
      /^m\.csv, line 2: its encoding is neither/,
    ],
    [
      'half a character of UTF-16',
      encoded('path\tlabel\r\n1.png\tBär', 'UTF-16 LE').subarray(0, -1),
      /line 2 or later: it is not UTF-16/,
    ],
    ['a workbook', Buffer.from('504b030414000600', 'hex'), /^m\.csv: it is a workbook, not a text/],
    [
      'JSON Lines that are not UTF-8',
      Buffer.concat([Buffer.from('{"path":"é.png","label":"a"}\n{"label":"'), Buffer.from([0xe4])]),
      /line 2: it is not UTF-8/,
    ],
  ];
  for (const [what, bytes, message] of refused) {
    test(`${what}: refused with the line`, async () => {
      for (const pieceBytes of [1, 5, 1000]) {
        await assert.rejects(read(bytes, pieceBytes), { code: 'GW_MANIFEST_INVALID', message });
      }
    });
  }
});
