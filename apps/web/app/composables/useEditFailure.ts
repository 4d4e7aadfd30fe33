import { useToast } from '#imports'
import { actFailure } from '../utils/act-failure'

/** Says why an edit could not be made, and what to do. */
export function useEditFailure(): (error: unknown) => void {
  const toast = useToast()
  return (error) => {
    const { message, next, fields } = actFailure(error)
    toast.add({ title: Object.values(fields)[0] ?? message, description: next, color: 'error', icon: 'i-lucide-circle-alert' })
  }
}
