/** Debian architectures and the wildcards for them, by dpkg's tables. Source: data-schemas.md 5.3. */
import { words } from './blanks.ts';

/** ABI, C library, system and CPU: what dpkg makes of the name of an architecture. */
type Tuple = readonly [abi: string, libc: string, system: string, cpu: string];

const cpus: ReadonlySet<string> = new Set(
  words(
    `alpha amd64 arc arm arm64 armeb avr32 hppa i386 ia64 loong64 m32r m68k mips mips64 mips64el mips64r6
    mips64r6el mipsel mipsr6 mipsr6el nios2 or1k powerpc powerpcel ppc64 ppc64el riscv64 s390 s390x sh3 sh3eb sh4
    sh4eb sparc sparc64 tilegx`,
  ),
);

/** Names that say more than a system and a CPU. */
const particular: ReadonlyMap<string, Tuple> = new Map<string, Tuple>([
  ['armel', ['eabi', 'gnu', 'linux', 'arm']],
  ['armhf', ['eabihf', 'gnu', 'linux', 'arm']],
  ['arm64ilp32', ['ilp32', 'gnu', 'linux', 'arm64']],
  ['mips64', ['abi64', 'gnu', 'linux', 'mips64']],
  ['mips64el', ['abi64', 'gnu', 'linux', 'mips64el']],
  ['mips64r6', ['abi64', 'gnu', 'linux', 'mips64r6']],
  ['mips64r6el', ['abi64', 'gnu', 'linux', 'mips64r6el']],
  ['mipsn32', ['abin32', 'gnu', 'linux', 'mips64']],
  ['mipsn32el', ['abin32', 'gnu', 'linux', 'mips64el']],
  ['mipsn32r6', ['abin32', 'gnu', 'linux', 'mips64r6']],
  ['mipsn32r6el', ['abin32', 'gnu', 'linux', 'mips64r6el']],
  ['powerpcspe', ['spe', 'gnu', 'linux', 'powerpc']],
  ['x32', ['x32', 'gnu', 'linux', 'amd64']],
  ['musl-linux-armhf', ['eabihf', 'musl', 'linux', 'arm']],
  ['uclibc-linux-armel', ['eabi', 'uclibc', 'linux', 'arm']],
  ['uclinux-armel', ['eabi', 'uclibc', 'uclinux', 'arm']],
  ['kfreebsd-armhf', ['eabihf', 'gnu', 'kfreebsd', 'arm']],
  ['mint-m68k', ['base', 'tos', 'mint', 'm68k']],
]);

/** What a prefix before the CPU stands for. Without prefix it is GNU/Linux. */
const systems: ReadonlyMap<string, readonly [libc: string, system: string]> = new Map([
  ['', ['gnu', 'linux']],
  ['musl-linux-', ['musl', 'linux']],
  ['uclibc-linux-', ['uclibc', 'linux']],
  ['kfreebsd-', ['gnu', 'kfreebsd']],
  ['knetbsd-', ['gnu', 'knetbsd']],
  ['kopensolaris-', ['gnu', 'kopensolaris']],
  ['hurd-', ['gnu', 'hurd']],
  ['dragonflybsd-', ['bsd', 'dragonflybsd']],
  ['freebsd-', ['bsd', 'freebsd']],
  ['openbsd-', ['bsd', 'openbsd']],
  ['netbsd-', ['bsd', 'netbsd']],
  ['darwin-', ['bsd', 'darwin']],
  ['aix-', ['sysv', 'aix']],
  ['solaris-', ['sysv', 'solaris']],
  ['uclinux-', ['uclibc', 'uclinux']],
]);

/** The tuple of a concrete architecture; undefined for a name that dpkg does not know. */
function tupleOf(name: string): Tuple | undefined {
  // "linux-amd64" is an old way to say "amd64".
  const current = name.startsWith('linux-') ? name.slice('linux-'.length) : name;
  const known = particular.get(current);
  if (known !== undefined) return known;
  const split = current.lastIndexOf('-') + 1;
  const cpu = current.slice(split);
  const system = systems.get(current.slice(0, split));
  return system === undefined || !cpus.has(cpu) ? undefined : ['base', ...system, cpu];
}

/** The tuple of a wildcard or of a concrete architecture; `any` in it fits everything. */
function patternOf(alias: string): Tuple | undefined {
  const parts = alias.split('-');
  if (!parts.includes('any')) return tupleOf(alias);
  const [a = 'any', b = 'any', c = 'any', d = 'any'] = [
    ...Array<undefined>(Math.max(0, 4 - parts.length)),
    ...parts,
  ];
  return parts.length > 4 ? undefined : [a, b, c, d];
}

/**
 * Whether a concrete architecture is the one, or one of those, that `alias` means. `any` means every
 * architecture but `all`, known to dpkg or not; `all` means only itself.
 */
export function matchesArchitecture(architecture: string, alias: string): boolean {
  if (architecture === alias) return true;
  if (architecture === 'all' || alias === 'all') return false;
  if (alias === 'any') return true;
  const tuple = tupleOf(architecture);
  const pattern = patternOf(alias);
  if (tuple === undefined || pattern === undefined) return false;
  return pattern.every((part, index) => part === 'any' || part === tuple[index]);
}

/**
 * The wanted architectures that a source package can be built for, sorted. Whether none is an error is the
 * caller's business.
 * @param architectureField the field `Architecture` of the source package: names and wildcards between blanks
 */
export function buildArchitectures(wanted: readonly string[], architectureField: string): readonly string[] {
  const supported = words(architectureField);
  return wanted.filter((name) => supported.some((alias) => matchesArchitecture(name, alias))).sort();
}
