/* Native fields for dashboard/components/controls.py, as React draws them. */
(function () {
  "use strict";

  const { createElement, useEffect, useState } = window.React;

  function Select({ id, value, options, setProps }) {
    const listed = options.map(function (option) {
      const given = { key: option.value, value: option.value, disabled: option.disabled };
      return createElement("option", given, option.label);
    });
    const onChange = (event) => setProps({ value: event.target.value });
    return createElement("select", { id, className: "form-select", value, onChange }, listed);
  }

  function Checklist({ id, value, options, setProps }) {
    const boxes = options.map(function (option) {
      const name = id + "-" + option.value;
      const checked = value.includes(option.value);
      const chosen = (each) => (each.value === option.value ? !checked : value.includes(each.value));
      const onChange = () => setProps({ value: options.filter(chosen).map((each) => each.value) });
      const box = { id: name, type: "checkbox", className: "form-check-input", checked, onChange };
      return createElement(
        "div",
        { key: option.value, className: "form-check form-check-inline" },
        createElement("input", box),
        createElement("label", { className: "form-check-label", htmlFor: name }, option.label),
      );
    });
    return createElement("div", { id }, boxes);
  }

  function TextField({ id, value, type, placeholder, list, setProps }) {
    const [text, setText] = useState(value);
    useEffect(() => setText(value), [value]);
    const tell = () => text !== value && setProps({ value: text });
    return createElement("input", {
      id,
      type,
      placeholder,
      list,
      className: "form-control",
      autoComplete: "off",
      value: text,
      onChange: (event) => setText(event.target.value),
      onBlur: tell,
      onKeyDown: (event) => event.key === "Enter" && tell(),
    });
  }

  window.cellar_controls = { Select, Checklist, TextField };
})();
