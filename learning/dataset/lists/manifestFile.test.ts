import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Task } from '../../../contracts/spec/task.js';
import { readManifest as readPieces } from './manifestFile.js';

/** In pieces of a few bytes, so that every seam falls somewhere. */
async function readManifest(text: string, name: string, task?: Task | 'any') {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 5) }, (_, index) =>
    bytes.subarray(5 * index, 5 * index + 5),
  );
  const { candidates, splitNames } = await readPieces(pieces, name, undefined, task);
  return { candidates: [...candidates], splitNames, isMultiLabel: candidates.isMultiLabel };
}

describe('manifests', () => {
  test('CSV with any of the column names, quoted fields, a byte-order mark, Windows line ends', async () => {
    const { candidates, splitNames } = await readManifest(
      '\ufeffURI,Class,Split\r\n"a, b.jpg",cat,train\r\n\r\ns3://other/x y.jpg,dog,VALID\r\n./c.jpg,cat,test\r\n',
      'm.csv',
    );
    assert.deepEqual(candidates, [
      { path: 'a, b.jpg', className: 'cat', split: 'train' },
      { path: 's3://other/x y.jpg', className: 'dog', split: 'validation' },
      { path: 'c.jpg', className: 'cat', split: 'test' },
    ]);
    assert.deepEqual(splitNames, { train: 'train', validation: 'VALID', test: 'test' });
  });

  test('JSON Lines, labels that are numbers, no splits', async () => {
    const { candidates } = await readManifest(
      '{"image":"1.jpg","label":3}\n\n{"path":"2.jpg","class":"b","width":5}\n',
      'm.jsonl',
    );
    assert.deepEqual(candidates, [
      { path: '1.jpg', className: '3', split: null },
      { path: '2.jpg', className: 'b', split: null },
    ]);
  });

  test('several labels a picture, or none, in a table and in JSON Lines', async () => {
    const table = await readManifest('path,labels\n1.jpg,dog| cat |dog\n2.jpg,\n3.jpg,cat\n', 'm.csv');
    assert.equal(table.isMultiLabel, true);
    const names = table.candidates.map(({ className }) => className);
    assert.deepEqual(names, ['cat|dog', '', 'cat']);
    const lines =
      '{"path":"1.jpg","labels":["dog","cat"]}\n{"path":"2.jpg","labels":[]}\n{"path":"3.jpg","labels":"cat"}\n';
    const json = await readManifest(lines, 'm.jsonl');
    assert.deepEqual([json.isMultiLabel, json.candidates], [true, table.candidates]);
    assert.equal((await readManifest('path,label\n1.jpg,a|b\n', 'm.csv')).isMultiLabel, false);
  });

  test('columns that do not fit the task are refused, with what to do', async () => {
    const both = 'path,label,labels\n1.jpg,a,a|b\n';
    await assert.rejects(readManifest(both, 'm.csv'), { message: /one column for a label and another one/ });
    assert.equal((await readManifest(both, 'm.csv', 'single-label')).candidates[0]?.className, 'a');
    assert.equal((await readManifest(both, 'm.csv', 'multi-label')).candidates[0]?.className, 'a|b');
    assert.equal((await readManifest(both, 'm.csv', 'any')).candidates.length, 1);
    const cases: [string, Task | undefined, RegExp][] = [
      ['path,label\n1.jpg,a\n', 'multi-label', /line 2.*there are no `labels`/],
      ['path,labels\n1.jpg,a\n', 'single-label', /line 2.*has a column `labels`/],
      ['{"path":"1.jpg","labels":["a|b"]}\n', undefined, /line 1.*"a\|b" holds \|/],
      ['{"path":"1.jpg","labels":[{}]}\n', undefined, /line 1.*no text/],
      ['{"path":"1.jpg","labels":[]}\n{"path":"2.jpg","label":"a"}\n', undefined, /line 2.*either every line/],
    ];
    for (const [text, task, message] of cases) {
      await assert.rejects(readManifest(text, 'm.jsonl', task), { code: 'GW_MANIFEST_INVALID', message });
    }
  });

  test('a group of each picture, or of some', async () => {
    const rows = ['{"path":"1.jpg","label":"a"}', '{"path":"2.jpg","label":"a","group":7}'];
    const { candidates } = await readManifest(rows.join('\n'), 'm.jsonl');
    assert.deepEqual(
      candidates.map(({ group }) => group),
      [undefined, '7'],
    );
    const kaggle = await readManifest('image_id,group_id,label\n1.jpg,p 1,a\n2.jpg,,b\n', 'm.csv');
    assert.deepEqual(
      kaggle.candidates.map(({ group }) => group),
      ['p 1', undefined],
    );
    await assert.rejects(readManifest('path,label,group,group\n1.jpg,a,1,2\n', 'm.csv'), {
      message: /two columns are named "group"/,
    });
  });

  test('labels are what folders of those names would be: flags differ by characters that show nothing', async () => {
    const [england, scotland] = ['gbeng', 'gbsct'].map(
      (region) =>
        `\u{1f3f4}${[...region].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')}\u{e007f}`,
    );
    const { candidates } = await readManifest(`path,label\n1.jpg,${england}\n2.jpg, ${scotland}\u200b\n`, 'm');
    assert.deepEqual(
      candidates.map(({ className }) => className),
      [england, scotland],
    );
    await assert.rejects(
      readManifest('path,label\n1.jpg,\u200b\u200d\n', 'm'),
      /m, line 2: there is no label, class or category/,
    );
  });

  test('columns as other tools name them', async () => {
    for (const path of ['filename', 'FILE', 'file_name', 'id', 'image_id', 'img']) {
      for (const label of ['category', 'target', 'class']) {
        const { candidates } = await readManifest(`n;${path};${label}\n1;1.jpg;a\n`, 'm');
        assert.deepEqual(candidates, [{ path: '1.jpg', className: 'a', split: null }], path);
      }
    }
    // A file's name counts before its number, and our own names before all others.
    for (const [text, path] of [
      ['id,filename,label\n7,1.jpg,a\n', '1.jpg'],
      ['filename,image,label,target\n1.jpg,2.jpg,a,b\n', '2.jpg'],
      ['path,label,note,note,target,target\n1.jpg,a,b,c,d,e\n', '1.jpg'],
      ['{"id":7,"file":"1.jpg","label":"a"}\n', '1.jpg'],
    ] as const) {
      const { candidates } = await readManifest(text, 'm');
      assert.deepEqual(candidates, [{ path, className: 'a', split: null }], text);
    }
  });

  const faults: [what: string, text: string, message: RegExp][] = [
    [
      'no path column',
      'number,label\n1.jpg,a\n',
      /m, line 1: no column is named path, filename or image \(found: "number", "label"\)/,
    ],
    ['a line with too few fields', 'path,label\n1.jpg,a\n2.jpg\n', /m, line 3: /],
    [
      'two names for the path',
      'file,img,label\n1.jpg,2.jpg,a\n',
      /m, line 2: both "file" and "img" may be the column "path"/,
    ],
    [
      'two labels',
      'path,category,target\n1.jpg,a,b\n',
      /line 2: both "category" and "target" may be the column "label"/,
    ],
    ['two labels of one name', 'file,label,label\n1.jpg,a,b\n', /m, line 1: two columns are named "label"\.$/],
    ['two paths of one name', 'IMG,label,img\n1.jpg,a,2.jpg\n', /m, line 1: two columns are named "img"\.$/],
    ['two splits', 'path,label,split,split\n1.jpg,a,train,test\n', /m, line 1: two columns are named "split"\.$/],
    ['a label of our own name alone', 'path,label,target\n1.jpg,,b\n', /m, line 2: there is no label/],
    ['a label that is null', '{"path":"1.jpg","label":null,"target":"b"}\n', /m, line 1: there is no label/],
    ['an empty label', 'path,label\n1.jpg,a\n2.jpg,\n', /m, line 3: there is no label, class or category/],
    ['an unknown split', 'path,label,split\n1.jpg,a,pool\n', /m, line 2: the split "pool"/],
    ['a path twice', 'path,label\n1.jpg,a\n2.jpg,a\n1.jpg,b\n', /m, line 4: "1.jpg" is already on line 2/],
    ['a path that leads out', 'path,label\n../1.jpg,a\n', /m, line 2: "..\/1.jpg" points outside/],
    ['an absolute path', 'path,label\n/etc/passwd,a\n', /m, line 2: the manifest’s folder has no file "\/etc\/passwd"/],
    ['a web address', 'path,label\nhttps://x/1.jpg,a\n', /m, line 2: .*not an s3/],
    ['splits on some lines only', 'path,label,split\n1.jpg,a,train\n2.jpg,a,\n', /m, line 3: either every line/],
    ['an open quote', 'path,label\n"1.jpg,a\n', /m, line \d: /],
    ['JSON that is none', '{"path":"1.jpg","label":"a"}\n{"path":\n', /m, line 2: it is not JSON/],
    ['nothing', '', /m: it is empty/],
    ['empty lines', '\n \r\n', /m: it is empty/],
    ['a header alone', 'path,label\n,\n', /m: it has a header, but no line with an image/],
    ['one JSON list', '[\n{"path":"1.jpg"}]', /m: it is one JSON list/],
    [
      'more fields than columns',
      'path,label\n1.jpg,a\n2, old.jpg,a\n',
      /m, line 3: it has 3 fields, but the header has 2/,
    ],
    ['a JSON list in a line', '{"path":"1.jpg","label":"a"}\n[1]\n', /m, line 2: it is not a JSON object/],
  ];
  for (const [what, text, message] of faults) {
    test(`${what} is refused with its line`, async () => {
      await assert.rejects(readManifest(text, 'm'), { code: 'GW_MANIFEST_INVALID', message });
    });
  }

  for (const [text, remedy] of [
    ['file,img,label\n1.jpg,2.jpg,a\n', /^Rename the column that you mean to `path`\.$/],
    ['path,label\n1.jpg,a\n1.jpg,b\n', /^Remove one of the two lines\.$/],
    ['path,label,split\n1.jpg,a,pool\n', /^The split names are .* and test\. .* leave out the column split\.$/],
    ['path,label,split\n1.jpg,a,train\n2.jpg,a,\n', /^Name a split on every line, or leave out the column split\.$/],
  ] as const) {
    test(`a remedy fits the fault: ${String(remedy)}`, async () => {
      await assert.rejects(readManifest(text, 'm'), { remedy });
    });
  }

  test('an unsafe class name is refused with its line', async () => {
    await assert.rejects(readManifest('path,label\n1.jpg,..\n', 'm'), {
      code: 'GW_DATASET_INVALID',
      message: /m, line 2/,
    });
  });
});
