/** Where messages about work requests go. Source: models.md 3.21; cli.md 8.12. */
export type { NotificationChannel } from '../schema/notification-channels.ts';
export * from './notification-channels/change.ts';
export { find, getByName, toText } from './notification-channels/find.ts';
export * from './notification-channels/list.ts';
export * from './notification-channels/remove.ts';
export {
  type ChannelProperties,
  clean,
  dataValidators,
  type Method,
  methodDisplay,
  methods,
} from './notification-channels/rules.ts';
export * from './notification-channels/save.ts';
export * from './notification-channels/unfinished.ts';
