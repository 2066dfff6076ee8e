import type { Check, Diagnosis } from '../../models/doctor.ts';
import type { Column } from '../../output/columns.ts';
import type { Output } from '../command.ts';

const tones = { ok: 'good', warning: 'warning', error: 'bad' } as const;

export const diagnosisColumns: readonly Column<Diagnosis>[] = [
  { key: 'check', label: 'Check', type: 'text', description: 'name of the check' },
  {
    key: 'state',
    label: 'State',
    type: 'text',
    description: 'ok, warning or error',
    tone: ({ state }) => tones[state],
  },
  { key: 'finding', label: 'Finding', type: 'text', description: 'what was found', shrink: 1 },
  { key: 'hint', label: 'Hint', type: 'text', nullable: true, description: 'what mends it', shrink: 2 },
];

export const diagnoses: Output<readonly Diagnosis[]> = {
  kind: 'records',
  columns: diagnosisColumns,
  things: 'findings',
};

export const checkList: Output<readonly Pick<Check, 'name' | 'description'>[]> = {
  kind: 'records',
  things: 'checks',
  columns: [
    { key: 'name', label: 'Check', type: 'text', description: 'name of the check' },
    { key: 'description', label: 'What is well', type: 'text', description: 'what holds when it is ok' },
  ],
};
