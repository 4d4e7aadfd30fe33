export { createShapeSync, electricSync, type ScopedShapeOptions, type ShapeProgress, type ShapeSubscription, type ShapeSync } from './shape-sync'
export { ApplyError } from './shape-session'
