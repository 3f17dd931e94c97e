//! Charts of the core, with their numbers below and as files.

use super::blocks;
use super::download::{save, save_png};
use crate::protocol::Picture;
use std::rc::Rc;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What is shown.
    pub pictures: Rc<Vec<Picture>>,
}

/// One below the other.
#[component(Charts)]
pub fn charts(props: &Props) -> Html {
    html! { <div class="charts">{ for props.pictures.iter().map(picture) }</div> }
}

/// A chart as an image, which keeps its colours and ids to itself, with its numbers below.
pub fn picture(picture: &Picture) -> Html {
    let url = |svg: &String| {
        let text = String::from(js_sys::encode_uri_component(svg));
        format!("data:image/svg+xml,{text}")
    };
    let [light, dark] = picture.wide.each_ref().map(url);
    let [narrow_light, narrow_dark] = picture.narrow.each_ref().map(url);
    let svg = {
        let svg = picture.wide[0].clone();
        Callback::from(move |_| save("pullstorm.svg", "image/svg+xml", svg.as_bytes()))
    };
    let png = {
        let svg = picture.wide[0].clone();
        Callback::from(move |_| save_png("pullstorm.png".to_owned(), svg.clone()))
    };
    html! {
        <figure class="card chart">
            <picture>
                <source srcset={narrow_dark}
                    media="(max-width: 44rem) and (prefers-color-scheme: dark)" />
                <source srcset={narrow_light} media="(max-width: 44rem)" />
                <source srcset={dark} media="(prefers-color-scheme: dark)" />
                <img src={light} alt={format!("{}. {}", picture.title, picture.description)} />
            </picture>
            <figcaption>{ &picture.description }</figcaption>
            <div class="row">
                <button type="button" class="save-svg" onclick={svg}>{ "Save as SVG" }</button>
                <button type="button" class="save-png" onclick={png}>{ "Save as PNG" }</button>
            </div>
            <details>
                <summary>{ "The numbers" }</summary>
                { blocks::table(&picture.table) }
            </details>
        </figure>
    }
}
