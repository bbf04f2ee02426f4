import type * as Vue from "vue";

/** The dashboard's own Vue: what another copy makes would not be part of its page. */
export const { defineComponent, h, inject, onMounted, onUnmounted, reactive } = (
  window as unknown as { Vue: typeof Vue }
).Vue;
