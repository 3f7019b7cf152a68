<#
.SYNOPSIS
Tries Portreeve's driver on this Windows: use a virtual machine with a snapshot.

.DESCRIPTION
Run it in a PowerShell that was started as administrator. It says what it will change and asks before it begins. When it wants a
restart, restart Windows and run it again: it goes on where it was. The results are in results.md and results.json beside it.

.PARAMETER Undo
Takes back whatever the kit has changed.
#>
param([switch]$Undo)

$ErrorActionPreference = 'Stop'

$identity = [Security.Principal.WindowsIdentity]::GetCurrent()
$principal = New-Object Security.Principal.WindowsPrincipal($identity)
if (-not $principal.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    Write-Error 'Start PowerShell as administrator, then run this script again.'
    exit 2
}

$task = 'run'
if ($Undo) {
    $task = 'undo'
}
& (Join-Path $PSScriptRoot 'node.exe') (Join-Path $PSScriptRoot 'main.js') $task
exit $LASTEXITCODE
