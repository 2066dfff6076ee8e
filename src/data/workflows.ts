/** Task data of the workflow orchestrators. Source: data-schemas.md 2.5. */
import * as v from 'valibot';
import { executorBackends } from './enumerations.ts';
import {
  dependingOn,
  lazily,
  list,
  mapOf,
  mapping,
  nonEmpty,
  object,
  oneOf,
  optional,
  orNull,
  text,
  withoutRepeats,
} from './fields.ts';
import { sbuildInput } from './worker-tasks.ts';

/** Has no parameters and no children. */
export const noop = lazily(() => object({}));

const architectures = () => nonEmpty(withoutRepeats(list(text())));

/** Builds a source package for several architectures. */
export const sbuild = lazily(() =>
  object({
    input: sbuildInput(),
    target_distribution: text(),
    backend: optional(oneOf(executorBackends), 'auto'),
    architectures: architectures(),
  }),
);
export type SbuildWorkflowData = v.InferOutput<ReturnType<typeof sbuild>>;

const oneText = lazily(() =>
  v.pipe(
    text(),
    v.transform((given): readonly string[] => [given]),
  ),
);
const textList = lazily(() => list(text()));

/** A list of texts, or one text that stands for a list of one. */
const textOrTexts = () => dependingOn((value) => (Array.isArray(value) ? textList() : oneText()));

const target = lazily(() =>
  object({
    codenames: textOrTexts(),
    codename_aliases: optional(mapOf(list(text())), {}),
    variants: optional(textOrTexts(), []),
    architectures: architectures(),
    mmdebstrap_template: orNull(mapping()),
    simplesystemimagebuild_template: orNull(mapping()),
  }),
);

/** Builds tarballs and images and puts them into a collection of environments. */
export const updateEnvironments = lazily(() => object({ vendor: text(), targets: nonEmpty(list(target())) }));
export type UpdateEnvironmentsData = v.InferOutput<ReturnType<typeof updateEnvironments>>;
