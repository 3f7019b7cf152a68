/** Changes that make a right INF wrong, each with the rule that has to say so. */

export interface InfFault {
  readonly rule: string;
  readonly from: string | RegExp;
  readonly to: string;
}

export const infFaults: readonly InfFault[] = [
  { rule: '1003', from: 'Portreeve driver', to: 'Portreeve dr\u00efver' },
  { rule: '1003', from: 'PnpLockdown = 1\r\n', to: 'PnpLockdown = 1\n' },
  { rule: '1001', from: '$WINDOWS NT$', to: '$WINDOWS$' },
  { rule: 'class', from: 'WFPCALLOUTS', to: 'Net' },
  { rule: 'class', from: '57465043', to: '57465044' },
  { rule: '1204', from: '"Portreeve"', to: '"Microsoft Corporation"' },
  { rule: 'catalog', from: 'PnpLockdown = 1', to: 'PnpLockdown = 0' },
  { rule: 'catalog', from: /CatalogFile.*\r\n/, to: '' },
  { rule: 'date', from: /(DriverVer.*,)[\d.]+/, to: '$19.9.9.9' },
  { rule: 'date', from: /\d\d\/\d\d\/\d{4}/, to: '02/30/2026' },
  { rule: 'date', from: /\d\d\/\d\d\/\d{4}/, to: '01/01/2099' },
  { rule: 'processor', from: '[DefaultInstall.NTamd64]', to: '[DefaultInstall]' },
  { rule: 'processor', from: '[Strings]', to: '[Manufacturer]\r\n[Strings]' },
  { rule: 'processor', from: '[Strings]', to: '[DefaultUninstall.NTamd64]\r\n[Strings]' },
  { rule: '2083', from: '[Strings]', to: '[Other.Service]\r\n[Strings]' },
  { rule: '2083', from: ',,Portreeve.Service', to: ',,Portreeve.Servise' },
  { rule: 'directives', from: 'CopyFiles =', to: 'DelReg = Portreeve.Files\r\nCopyFiles =' },
  {
    rule: 'directives',
    from: 'Dependencies  =',
    to: 'AddReg = Portreeve.Files\r\nDependencies  =',
  },
  { rule: 'copies', from: 'Portreeve.Files = 13', to: 'Portreeve.Files = 12' },
  { rule: 'copies', from: 'portreeve.sys = 1,,', to: 'portreeve.sys = 2,,' },
  { rule: 'copies', from: 'portreeve.sys = 1,,', to: 'portreeve.sys = 1,x64' },
  { rule: 'copies', from: /(Files\]\r\n)portreeve.sys\r\n/, to: '$1other.sys, portreeve.sys\r\n' },
  { rule: 'service', from: ',,Portreeve.Service', to: ',2,Portreeve.Service' },
  { rule: 'service', from: 'StartType     = 2', to: 'StartType     = 0' },
  { rule: 'service', from: '%13%\\portreeve.sys', to: '%12%\\portreeve.sys' },
  { rule: 'service', from: '= BFE', to: '= BFE, Tcpip' },
  { rule: 'string', from: '%Disk%', to: '%Disc%' },
  { rule: 'string', from: '"Portreeve driver"', to: '"Portreeve driver"\r\nMore = "More"' },
];
