/**
 * `node scripts/policy-templates.ts [--check]`: the Group Policy templates of assets/policy, from the schema of the settings
 * and the texts below. With `--check` it only says whether they are as they should be. The format is Microsoft's
 * PolicyDefinitions schema 1.0 (learn.microsoft.com, "ADMX syntax").
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import {
  type ManagedValueName,
  managedSchema,
  modeNames,
  verdicts,
} from '../src-main/engine/managed/settings.ts';
import { product } from '../src-main/product.ts';
import { root } from './process.ts';

export const folder = 'assets/policy';
const NAMESPACE = 'http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions';
const OWN = 'Portreeve.Policies';

/** What an administrator does with a value: chooses a word, writes a text, or switches it on. */
const choices: Partial<Record<ManagedValueName, readonly string[]>> = {
  Mode: modeNames,
  NoClientPolicy: verdicts,
};
const texts: ReadonlySet<ManagedValueName> = new Set(['RulesFile']);

interface Words {
  readonly title: string;
  readonly explanation: string;
  /** Beside the field where there is one. */
  readonly label: string;
}

interface Language {
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly supported: string;
  readonly policies: Readonly<Record<ManagedValueName, Words>>;
  readonly words: Readonly<Record<string, string>>;
}

const english: Language = {
  name: 'en-US',
  description: 'Settings of Portreeve, the desktop firewall that asks before a program connects.',
  category: 'Portreeve',
  supported: 'Portreeve 0.1 or later',
  words: {
    ask: 'Ask the user',
    learn: 'Allow, and make a rule to review',
    block: 'Block and list',
    lockdown: 'Block everything',
    allow: 'Allow',
  },
  policies: {
    Mode: {
      title: 'Set the mode',
      explanation:
        'What happens to connections that no rule is about. If you enable this setting, nobody can change the mode on the computer. If you disable it or leave it unset, the user chooses.',
      label: 'Mode:',
    },
    NoClientPolicy: {
      title: 'Set what happens while Portreeve does not run',
      explanation:
        'What the driver does with new connections that no rule decides while Portreeve itself does not run. Without this setting they are blocked. It takes effect when Portreeve next connects to its driver.',
      label: 'New connections:',
    },
    LockMode: {
      title: 'Lock the mode',
      explanation: 'Keeps the mode as it is on the computer: nobody can change it there.',
      label: '',
    },
    LockRules: {
      title: 'Lock the rules',
      explanation:
        'Nobody adds, changes, removes, imports or restores rules on the computer. Questions can be answered for once, or while the program runs.',
      label: '',
    },
    LockPauses: {
      title: 'Switch pauses off',
      explanation: 'Neither everything nor a single program can be paused.',
      label: '',
    },
    LockBlocklists: {
      title: 'Lock the blocklists',
      explanation: 'Nobody adds, removes or switches blocklists on the computer.',
      label: '',
    },
    RulesFile: {
      title: 'Use a file of rules',
      explanation:
        'The whole path of a file that "portreeve rules export" wrote, also on a share. Its rules are in force on the computer and can not be changed there. A file with a fault changes nothing. Put it where only administrators can write.',
      label: 'File:',
    },
  },
};

const chinese: Language = {
  name: 'zh-CN',
  description: 'Portreeve 的设置：在程序连接之前先询问的桌面防火墙。',
  category: 'Portreeve',
  supported: 'Portreeve 0.1 或更高版本',
  words: {
    ask: '询问用户',
    learn: '允许，并生成规则以待查看',
    block: '阻止并列出',
    lockdown: '阻止一切',
    allow: '允许',
  },
  policies: {
    Mode: {
      title: '设置模式',
      explanation:
        '没有规则涉及的连接如何处理。如果启用此设置，任何人都不能在该计算机上更改模式。如果禁用或未配置，则由用户选择。',
      label: '模式：',
    },
    NoClientPolicy: {
      title: '设置 Portreeve 未运行时的处理方式',
      explanation:
        '当 Portreeve 本身未运行时，驱动程序如何处理没有规则决定的新连接。如果未配置，则阻止这些连接。此设置在 Portreeve 下次连接到驱动程序时生效。',
      label: '新连接：',
    },
    LockMode: {
      title: '锁定模式',
      explanation: '保持该计算机上的模式不变：任何人都不能在那里更改。',
      label: '',
    },
    LockRules: {
      title: '锁定规则',
      explanation:
        '任何人都不能在该计算机上添加、更改、删除、导入或恢复规则。询问只能回答一次有效，或在程序运行期间有效。',
      label: '',
    },
    LockPauses: {
      title: '禁用暂停',
      explanation: '既不能暂停全部，也不能暂停单个程序。',
      label: '',
    },
    LockBlocklists: {
      title: '锁定阻止列表',
      explanation: '任何人都不能在该计算机上添加、删除、启用或停用阻止列表。',
      label: '',
    },
    RulesFile: {
      title: '使用规则文件',
      explanation:
        '由 "portreeve rules export" 写出的文件的完整路径，也可以位于网络共享上。其中的规则在该计算机上生效，且不能在那里更改。有错误的文件不会改变任何内容。请将它放在只有管理员可以写入的位置。',
      label: '文件：',
    },
  },
};

export const languages: readonly Language[] = [english, chinese];
export const valueNames = Object.keys(managedSchema) as ManagedValueName[];

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function hasField(name: ManagedValueName): boolean {
  return texts.has(name) || choices[name] !== undefined;
}

function admx(): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions xmlns="${NAMESPACE}" revision="1.0" schemaVersion="1.0">
  <policyNamespaces>
    <target prefix="portreeve" namespace="${OWN}" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" />
  <supportedOn>
    <definitions>
      <definition name="Supported" displayName="$(string.Supported)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="Portreeve" displayName="$(string.Category)" />
  </categories>
  <policies>
${valueNames.map(policyText).join('\n')}
  </policies>
</policyDefinitions>
`;
}

function policyText(name: ManagedValueName): string {
  const presentation = hasField(name) ? ` presentation="$(presentation.${name})"` : '';
  const value = hasField(name) ? '' : ` valueName="${name}"`;
  return `    <policy name="${name}" class="Machine" displayName="$(string.${name})" explainText="$(string.${name}Explained)"${presentation} key="${product.policyKey}"${value}>
      <parentCategory ref="Portreeve" />
      <supportedOn ref="Supported" />
${contentOf(name)}
    </policy>`;
}

function contentOf(name: ManagedValueName): string {
  const words = choices[name];
  if (words !== undefined) {
    const items = words.map(
      (word) =>
        `          <item displayName="$(string.Word_${word})"><value><string>${word}</string></value></item>`,
    );
    return `      <elements>
        <enum id="${name}" valueName="${name}" required="true">
${items.join('\n')}
        </enum>
      </elements>`;
  }
  if (texts.has(name)) {
    return `      <elements>
        <text id="${name}" valueName="${name}" required="true" maxLength="1023" />
      </elements>`;
  }
  return `      <enabledValue><decimal value="1" /></enabledValue>
      <disabledValue><decimal value="0" /></disabledValue>`;
}

function adml({ description, category, supported, policies, words }: Language): string {
  const strings = [
    ['Category', category],
    ['Supported', supported],
    ...Object.entries(words).map(([word, text]) => [`Word_${word}`, text]),
    ...valueNames.flatMap((name) => [
      [name, policies[name].title],
      [`${name}Explained`, policies[name].explanation],
    ]),
  ];
  const table = strings.map(
    ([id = '', text = '']) => `      <string id="${id}">${escaped(text)}</string>`,
  );
  const presentations = valueNames
    .filter(hasField)
    .map((name) => presentationText(name, policies[name].label));
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources xmlns="${NAMESPACE}" revision="1.0" schemaVersion="1.0">
  <displayName>Portreeve</displayName>
  <description>${escaped(description)}</description>
  <resources>
    <stringTable>
${table.join('\n')}
    </stringTable>
    <presentationTable>
${presentations.join('\n')}
    </presentationTable>
  </resources>
</policyDefinitionResources>
`;
}

function presentationText(name: ManagedValueName, label: string): string {
  const field = texts.has(name)
    ? `<textBox refId="${name}"><label>${escaped(label)}</label></textBox>`
    : `<dropdownList refId="${name}" noSort="true" defaultItem="0">${escaped(label)}</dropdownList>`;
  return `      <presentation id="${name}">${field}</presentation>`;
}

/** Every file by its path below the folder. */
export function templates(): ReadonlyMap<string, string> {
  return new Map([
    ['portreeve.admx', admx()],
    ...languages.map((one) => [`${one.name}/portreeve.adml`, adml(one)] as const),
  ]);
}

function main(): number {
  let wrong = 0;
  for (const [name, text] of templates()) {
    const file = path.join(root, folder, name);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    wrong += 1;
    if (process.argv.includes('--check')) {
      process.stdout.write(`${folder}/${name} is not what scripts/policy-templates.ts makes.\n`);
      continue;
    }
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return process.argv.includes('--check') && wrong > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = main();
